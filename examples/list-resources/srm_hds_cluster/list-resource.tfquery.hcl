# All clusters of a Project. This command generates their import blocks:
#   terraform query -generate-config-out=clusters.tf
list "srm_hds_cluster" "all" {
  provider = srm

  config {
    project_id = "22222222-2222-2222-2222-222222222222"
  }
}

# At most 20 clusters with both tags, with all attributes.
list "srm_hds_cluster" "production" {
  provider         = srm
  include_resource = true
  limit            = 20

  config {
    tags = ["hds", "production"]
  }
}
