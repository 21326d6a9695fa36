resource "srm_hds_cluster" "records" {
  name               = "patient-records"
  version            = "1.36"
  type               = "kapsule-dedicated-4"
  private_network_id = scaleway_vpc_private_network.records.id

  allowed_ip_ranges = [
    { cidr = "192.0.2.0/24", description = "office" },
    { cidr = "198.51.100.7/32", description = "CI runner" },
  ]

  maintenance_window = {
    day        = "sunday"
    start_hour = 2
  }

  # A destroy of the cluster leaves volumes, snapshots, Load Balancers and the Private Network.
  delete_additional_resources = false
}

# Fails a plan that shifts responsibilities to the customer, or whose version has unreliable dates.
resource "terraform_data" "gate" {
  lifecycle {
    precondition {
      condition     = length(srm_hds_cluster.records.responsibility_transfers) == 0
      error_message = "The configuration shifts responsibilities to the customer: see `responsibility_transfers` in the plan."
    }
    precondition {
      condition     = srm_hds_cluster.records.version_dates.data_quality == "consistent"
      error_message = "The dates of this Kubernetes version are not reliable."
    }
  }
}
