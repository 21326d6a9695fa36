# What the pipeline plans. The state belongs into a backend that encrypts it and keeps its versions.

terraform {
  required_version = ">= 1.11"
  required_providers {
    srm = {
      source  = "terraform-srm/srm"
      version = ">= 0.1.0"
    }
  }
}

# Credentials come from SCW_ACCESS_KEY and SCW_SECRET_KEY: those of a reader in a plan, of a writer in an apply.
provider "srm" {
  hds_contract = {
    reference = "HDS-2026-001"
    signed_on = "2026-01-15"
  }

  # A runner of a pull request may not reach the API server: a refresh then keeps what the state knows.
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
  description = "Passphrase of new volumes. An apply that writes a Secret needs it. A plan of what exists passes none."
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
  description = "Duties that the team takes on, with the reason."
  default     = {}
}

variable "as_of" {
  type        = string
  description = "Moment that the version is judged at. Default: the moment of the plan."
  default     = null
}

output "pull_request" {
  description = "What a reviewer has to know of the plan, in Markdown."
  value       = module.records.pull_request
}
