"""The direct way of images: blocks go from a Ceph cluster to the clusters of sites, past Glance."""
