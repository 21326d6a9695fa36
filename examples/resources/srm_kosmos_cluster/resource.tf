resource "srm_kosmos_cluster" "edge" {
  name    = "edge"
  version = "1.36"
  type    = "multicloud-dedicated-4"
  region  = "nl-ams"

  # Those who administer the cluster, and the public addresses of the external nodes.
  allowed_ip_ranges = [
    { cidr = "192.0.2.0/24", description = "office" },
    { cidr = "198.51.100.7/32", description = "machine in Lyon" },
  ]

  # For pools that Scaleway hosts; a cluster of external nodes alone does without.
  scaleway_ranges = true

  maintenance_window = {
    day        = "sunday"
    start_hour = 2
  }

  # The health data provisions do not cover Kosmos, and transit counts.
  no_health_data = {
    by          = "Head of data protection"
    reviewed_on = "2026-11-02"
  }

  # Volumes, snapshots and Load Balancers stay when the cluster is destroyed.
  delete_additional_resources = false
}
