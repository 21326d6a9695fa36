terraform {
  required_version = ">= 1.11"

  required_providers {
    srm = {
      source = "terraform-srm/srm"
    }
  }
}

# The API key comes from SCW_ACCESS_KEY and SCW_SECRET_KEY, or from the scw config file.
provider "srm" {
  project_id = var.project_id

  hds_contract = {
    reference = "HDS-2026-001"
    signed_on = "2026-01-15"

    certificate = {
      number     = "HDS-2024-0417"
      expires_on = "2027-12-31"
    }
  }
}

variable "project_id" {
  description = "Project of the health data clusters."
  type        = string
}
