# Write the blocks that import the pools of a cluster:
#   terraform query -generate-config-out=pools.tf
list "srm_hds_pool" "records" {
  provider = srm

  config {
    cluster_id = "fr-par/00112233-4455-4677-8899-aabbccddeeff"
  }
}

# The pools of one name in every cluster, all attributes included, their user data too.
list "srm_hds_pool" "workers" {
  provider         = srm
  include_resource = true

  config {
    name = "workers"
    tags = ["hds"]
  }
}
