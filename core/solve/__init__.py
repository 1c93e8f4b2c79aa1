"""The solver: coarse to fine, with exact gradients over many views in bounded memory."""
