# All pools of a cluster. This command generates their import blocks:
#   terraform query -generate-config-out=pools.tf
list "srm_hds_pool" "records" {
  provider = srm

  config {
    cluster_id = "fr-par/00112233-4455-4677-8899-aabbccddeeff"
  }
}

# The pools with a name and a tag in all clusters, with all attributes, including user data.
list "srm_hds_pool" "workers" {
  provider         = srm
  include_resource = true

  config {
    name = "workers"
    tags = ["hds"]
  }
}
