variable "cluster_id" {
  description = "Id of a Kosmos cluster, such as srm_kosmos_cluster.edge.id."
  type        = string
}

# External pool for machines outside Scaleway: add an srm_kosmos_external_node for each machine.
resource "srm_kosmos_pool" "machines" {
  cluster_id = var.cluster_id
  name       = "machines"
  node_type  = "external"
  version    = "1.35"

  labels = { site = "lyon" }
  taints = [{ key = "example.org/edge", effect = "NoSchedule" }]

  # Attestation for all machines; a node can override parts of it.
  node_defaults = {
    owner              = "Hospital IT, edge team"
    os                 = "Debian 12"
    os_patching        = "unattended upgrades every day, reboot on Sundays"
    hardening_baseline = "ANSSI-BP-028, intermediate"
    firewall           = "nftables on the machine, and the router of the site"
    monitoring         = "node exporter, on-call team of the hospital"
    reviewed_by        = "CISO"
    reviewed_on        = "2026-11-02"
    valid_days         = 180
  }

  # Fails if the pool shifts more responsibilities to the customer than those for its machines.
  lifecycle {
    postcondition {
      condition     = alltrue([for t in self.responsibility_transfers : contains(["external_nodes"], t.key)])
      error_message = "The pool shifts more responsibilities to the customer than those for its machines."
    }
  }
}

# Scaleway-hosted pool, in any zone. It needs scaleway_ranges = true on the cluster.
resource "srm_kosmos_pool" "hosted" {
  cluster_id  = var.cluster_id
  name        = "hosted"
  node_type   = "PRO2-XS"
  zone        = "nl-ams-1"
  autoscaling = { min = 1, max = 3 }
  rotation    = "2026-11"
}
