terraform {
  required_providers {
    srm = {
      source = "terraform-srm/srm"
    }
  }
}

provider "srm" {
  hds_contract = {
    reference = "HDS-2026-001"
    signed_on = "2026-01-15"
  }
}

resource "srm_hds_cluster" "first" {
  name               = "first"
  version            = "1.36"
  type               = "kapsule-dedicated-4"
  private_network_id = "fr-par/44444444-4444-4444-4444-444444444444" # the sandbox's
  allowed_ip_ranges  = [{ cidr = "192.0.2.0/24", description = "office" }]
  maintenance_window = { day = "sunday", start_hour = 2 }

  delete_additional_resources = false
}

output "responsibility_transfers" {
  value = srm_hds_cluster.first.responsibility_transfers
}

output "supported_until" {
  value = srm_hds_cluster.first.version_dates.end_of_support_at
}
