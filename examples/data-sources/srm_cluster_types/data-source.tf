data "srm_cluster_types" "paris" {
  region = "fr-par"
}

# Offers with which an HDS cluster can be created now.
output "hds_types" {
  value = [for t in data.srm_cluster_types.paris.cluster_types : t.name if t.hds && t.availability != "shortage"]
}
