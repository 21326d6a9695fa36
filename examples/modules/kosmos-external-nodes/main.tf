terraform {
  required_version = ">= 1.11"
  required_providers {
    srm = {
      source = "terraform-srm/srm"
    }
  }
}

# The control plane. Its API server allows only administrators and the machines.
resource "srm_kosmos_cluster" "edge" {
  name    = var.name
  version = var.kubernetes_version
  type    = "multicloud-dedicated-4"

  allowed_ip_ranges = concat(
    [for cidr in var.administrators : { cidr = cidr, description = "administrators" }],
    [for name, machine in var.machines : { cidr = "${machine.address}/32", description = name }],
  )

  maintenance_window          = { day = "sunday", start_hour = 2 }
  no_health_data              = var.no_health_data
  delete_additional_resources = false
  deletion_protection         = var.deletion_protection
}

# The pool that the machines join, with the attestation fields that all machines share.
resource "srm_kosmos_pool" "machines" {
  cluster_id    = srm_kosmos_cluster.edge.id
  name          = "machines"
  node_type     = "external"
  version       = var.kubernetes_version
  node_defaults = var.node_defaults
}

# One resource per machine. The provider enrols bare-metal machines, which run `script`. Virtual machines that can read a
# secret enrol themselves with `cloud_init`.
resource "srm_kosmos_external_node" "machine" {
  for_each = var.machines

  pool_id   = srm_kosmos_pool.machines.id
  name      = each.key
  address   = each.value.address
  version   = srm_kosmos_pool.machines.version
  rotation  = each.value.rotation
  agent     = var.agent
  enrolment = each.value.key_command == null ? "provider" : "machine"

  credential_source = each.value.key_command == null ? null : { command = each.value.key_command }
  ssh               = { allowed_ip_ranges = var.administrators }

  attestation = merge(srm_kosmos_pool.machines.node_defaults, each.value.attestation)
}
