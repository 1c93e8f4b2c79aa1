"""Pictures that surround: panoramas and half panoramas, without a seam, and what is written for headsets."""
