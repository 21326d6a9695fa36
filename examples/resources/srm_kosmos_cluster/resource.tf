resource "srm_kosmos_cluster" "edge" {
  name    = "edge"
  version = "1.36"
  type    = "multicloud-dedicated-4"
  region  = "nl-ams"

  # Addresses of administrators, and public addresses of external nodes.
  allowed_ip_ranges = [
    { cidr = "192.0.2.0/24", description = "office" },
    { cidr = "198.51.100.7/32", description = "machine in Lyon" },
  ]

  # Required for Scaleway-hosted pools only.
  scaleway_ranges = true

  maintenance_window = {
    day        = "sunday"
    start_hour = 2
  }

  # The health data provisions do not cover Kosmos, not even for data in transit.
  no_health_data = {
    by          = "Head of data protection"
    reviewed_on = "2026-11-02"
  }

  # A destroy of the cluster leaves volumes, snapshots and Load Balancers.
  delete_additional_resources = false
}
