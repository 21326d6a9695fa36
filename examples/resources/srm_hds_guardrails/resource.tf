# The passphrase is stored in Scaleway's Secret Manager. An ephemeral resource of the official provider reads it, and a
# write-only attribute uses it: neither the state nor the plan contains it.
ephemeral "scaleway_secret_version" "volumes" {
  secret_id = var.passphrase_secret_id
  revision  = "1"
}

variable "passphrase_secret_id" {
  type        = string
  description = "Id of the secret in Scaleway's Secret Manager that contains the passphrase of volumes."
}

resource "srm_hds_guardrails" "records" {
  cluster_id = srm_hds_cluster.records.id

  volume_encryption = {
    passphrase_wo         = base64decode(ephemeral.scaleway_secret_version.volumes.data)
    passphrase_wo_version = 1
    zones                 = ["fr-par-1", "fr-par-2"]
  }

  # The ingress controller terminates TLS: its Services may declare TLS passthrough with an annotation.
  tls_passthrough = [{
    namespace = "ingress-nginx"
    reason    = "ingress-nginx terminates TLS with the certificates of cert-manager."
    approver  = "chief information security officer"
  }]

  # The Gateways of this namespace redirect HTTP to HTTPS.
  http_redirect = [{
    namespace = "gateways"
    reason    = "The HTTPRoutes on port 80 redirect to HTTPS."
    approver  = "chief information security officer"
  }]

  # Nodes with public addresses must not open ports besides the Load Balancer.
  node_ports = { action = "deny" }

  # A policy can exclude a namespace for a limited time, which is listed in responsibility_transfers.
  load_balancers = {
    exemptions = [{
      namespace = "legacy-gateway"
      reason    = "The appliance terminates TLS in hardware until it is replaced."
      approver  = "chief information security officer"
      until     = "2027-01-31"
    }]
  }
}

# guardrails_id orders the creation: the cluster has no nodes before volumes are encrypted by default.
resource "srm_hds_pool" "workers" {
  cluster_id    = srm_hds_cluster.records.id
  guardrails_id = srm_hds_guardrails.records.id
  name          = "workers"
  node_type     = "POP2-4C-16G"
  zone          = "fr-par-1"
  size          = 3

  root_volume = {
    type    = "sbs_5k"
    size_gb = 100
  }
}
