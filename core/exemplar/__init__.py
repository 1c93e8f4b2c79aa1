"""Style by example: a painted sphere, and what takes on its look.

Follows Sýkora et al., "StyleBlit: Fast Example-Based Stylization with Local Guidance" (2019), whose
authors gave their method to the public domain. The error budgets and the guidance by light paths of StyLit
(Fišer et al. 2016) are claimed by US patents 9,881,413 and 10,176,624 and are not used here.
"""
