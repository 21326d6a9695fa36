# The configuration that the pipeline plans. Store the state in a backend with encryption and versioning.

terraform {
  required_version = ">= 1.11"
  required_providers {
    srm = {
      source  = "terraform-srm/srm"
      version = ">= 0.1.0"
    }
  }
}

# Credentials are in SCW_ACCESS_KEY and SCW_SECRET_KEY: read-only for plans, with write permissions for applies.
provider "srm" {
  hds_contract = {
    reference = "HDS-2026-001"
    signed_on = "2026-01-15"
  }

  # If the runner of a pull request cannot reach the API server, a refresh keeps the values of the state.
  kubernetes = {
    on_unreachable = "warn"
  }
}

module "records" {
  source = "../modules/hds-platform"

  name                              = "patient-records"
  kubernetes_version                = var.kubernetes_version
  private_network_id                = var.private_network_id
  administrators                    = { office = "192.0.2.0/24", ci = "198.51.100.7/32" }
  passphrase                        = var.passphrase
  pools                             = var.pools
  accepted_responsibility_transfers = var.accepted_responsibility_transfers
  as_of                             = var.as_of
}

variable "kubernetes_version" {
  type        = string
  description = "Minor version of Kubernetes."
  default     = "1.36"
}

variable "private_network_id" {
  type        = string
  description = "Private Network of the cluster."
}

variable "passphrase" {
  type        = string
  description = "Passphrase of new volumes. Required only for an apply that writes a Secret."
  default     = null
  ephemeral   = true
  sensitive   = true
}

variable "pools" {
  type = map(object({
    node_type    = string
    zone         = string
    size         = optional(number)
    kubelet_args = optional(map(string))
  }))
  description = "Node pools, by name."
  default = {
    workers = { node_type = "POP2-4C-16G", zone = "fr-par-1", size = 3 }
  }
}

variable "accepted_responsibility_transfers" {
  type        = map(string)
  description = "Keys of accepted transfers, with the reason for acceptance."
  default     = {}
}

variable "as_of" {
  type        = string
  description = "Date of the version checks. Default: the time of the plan."
  default     = null
}

output "pull_request" {
  description = "Summary of the plan for reviewers, in Markdown."
  value       = module.records.pull_request
}
