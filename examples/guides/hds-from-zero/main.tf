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

    # As listed by the data source srm_contract_signatures. Every plan then checks that the contract is signed.
    type = "global"
    name = "hds"
  }
}

variable "private_network_id" {
  type        = string
  description = "Such as scaleway_vpc_private_network.records.id. Add a dependency on the gateway's attachment, too."
}

variable "passphrase" {
  type        = string
  ephemeral   = true
  sensitive   = true
  description = "At least 32 characters, from a secret manager: an ephemeral scaleway_secret_version, for instance."
}

resource "srm_hds_cluster" "records" {
  name               = "patient-records"
  version            = "1.36"
  type               = "kapsule-dedicated-4"
  private_network_id = var.private_network_id
  allowed_ip_ranges  = [{ cidr = "192.0.2.0/24", description = "office" }]
  maintenance_window = { day = "sunday", start_hour = 2 }

  # A destroy of the cluster keeps volumes, snapshots, Load Balancers and the Private Network.
  delete_additional_resources = false
}

resource "srm_hds_guardrails" "records" {
  cluster_id = srm_hds_cluster.records.id

  volume_encryption = {
    passphrase_wo         = var.passphrase
    passphrase_wo_version = 1
  }
}

resource "srm_hds_pool" "workers" {
  cluster_id    = srm_hds_cluster.records.id
  guardrails_id = srm_hds_guardrails.records.id
  name          = "workers"
  node_type     = "POP2-4C-16G"
  zone          = "fr-par-1"
  size          = 3
  root_volume   = { type = "sbs_5k", size_gb = 100 }
}

data "srm_responsibilities" "records" {
  cluster_id = srm_hds_cluster.records.id
  hds        = true

  # Read the matrix after the pools are created, so that it includes them.
  depends_on = [srm_hds_pool.workers]
}

# Clauses for which the customer is responsible, alone or shared, and what covers their parts. The list does not say
# whether the customer meets them.
output "duties_of_the_customer" {
  value = {
    for clause in data.srm_responsibilities.records.clauses :
    "${clause.id} ${clause.title}" => clause.covered_by
    if contains(["customer", "shared", "undetermined"], coalesce(clause.effective_party, "none"))
  }
}
