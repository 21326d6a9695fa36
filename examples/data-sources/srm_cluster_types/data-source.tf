data "srm_cluster_types" "paris" {
  region = "fr-par"
}

# The offers that an HDS cluster can be created with now.
output "hds_types" {
  value = [for t in data.srm_cluster_types.paris.cluster_types : t.name if t.hds && t.availability != "shortage"]
}
