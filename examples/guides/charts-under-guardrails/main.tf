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

variable "cluster_id" {
  type        = string
  description = "Such as srm_hds_cluster.records.id."
}

variable "passphrase" {
  type        = string
  ephemeral   = true
  sensitive   = true
  description = "At least 32 characters, from a secret manager: an ephemeral scaleway_secret_version, for instance."
}

resource "srm_hds_guardrails" "records" {
  cluster_id = var.cluster_id

  volume_encryption = {
    passphrase_wo         = var.passphrase
    passphrase_wo_version = 1
  }

  # Every policy that can refuse objects does so.
  load_balancers = { action = "deny" }
  backend_tls    = "deny"
  ingress        = { action = "deny" }
  kube_system    = { action = "deny" }
  node_ports     = { action = "deny" }

  # These namespaces contain no health data. Remove the namespaces of products that you do not use.
  node_disk = {
    action = "deny"
    exemptions = [for namespace, reason in {
      argocd                   = "Argo CD keeps checkouts of Git repositories in emptyDir."
      cnpg-system              = "The operator keeps its own program in an emptyDir. The databases run in another namespace."
      monitoring               = "Grafana's sidecars keep dashboards in emptyDir. Metrics hold no health data."
      node-exporter            = "node-exporter reads /proc, /sys and / of the node."
      prometheus-adapter       = "It keeps the certificate that it serves with in an emptyDir."
      secrets-store-csi-driver = "The driver mounts volumes into the directories of the kubelet."
      traefik                  = "Traefik has an emptyDir for /tmp. No router uses the middleware Buffering, which writes bodies there."
      velero                   = "The node agent and the data mover read the directories of the kubelet."
      } : {
      namespace = namespace
      reason    = reason
      approver  = "chief information security officer"
      until     = "2027-05-15"
    }]
  }

  # The controllers in these namespaces terminate TLS.
  tls_passthrough = [for namespace, reason in {
    envoy-gateway-system = "Envoy terminates TLS with the certificates of the Gateways."
    ingress-nginx        = "ingress-nginx terminates TLS with the certificates of the Ingresses."
    traefik              = "Traefik terminates TLS with the certificates of the Ingresses."
    } : {
    namespace = namespace
    reason    = reason
    approver  = "chief information security officer"
  }]

  # All volumes that are backed up or restored in these namespaces are of the class srm-encrypted.
  attested_restores = [for namespace, reason in {
    databases = "CloudNativePG makes replicas from snapshots of its own volumes."
    records   = "Velero restores snapshots of volumes of this namespace."
    velero    = "The data mover reads snapshots of volumes of the class srm-encrypted."
    } : {
    namespace = namespace
    reason    = reason
    approver  = "chief information security officer"
  }]

  # The plain HTTP listeners in these namespaces only redirect to HTTPS.
  http_redirect = [for namespace, reason in {
    edge    = "The HTTPRoute of the listener has the filter RequestRedirect alone."
    traefik = "The entry point web redirects to websecure."
    } : {
    namespace = namespace
    reason    = reason
    approver  = "chief information security officer"
  }]

  # The controller of this class has a valid default certificate.
  default_certificate_classes = ["nginx"]

  # CSI drivers whose inline volumes contain no data. The default list also has those of cert-manager and SPIFFE.
  inline_csi_drivers = ["secrets-store.csi.k8s.io"]
}
