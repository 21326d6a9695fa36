# Write the blocks that import every cluster of a Project:
#   terraform query -generate-config-out=clusters.tf
list "srm_hds_cluster" "estate" {
  provider = srm

  config {
    project_id = "22222222-2222-2222-2222-222222222222"
  }
}

# Those with two tags, all attributes included.
list "srm_hds_cluster" "production" {
  provider         = srm
  include_resource = true
  limit            = 20

  config {
    tags = ["hds", "production"]
  }
}
