terraform {
  required_providers {
    srm        = { source = "terraform-srm/srm" }
    kubernetes = { source = "hashicorp/kubernetes", version = ">= 2.36" }
    helm       = { source = "hashicorp/helm", version = "~> 3.0" }
  }
}

# The provider's own secret key as a bearer token: no tool has to be installed.
ephemeral "srm_kubeconfig" "records" {
  cluster_id = "fr-par/00112233-4455-4677-8899-aabbccddeeff"
}

provider "kubernetes" {
  host                   = ephemeral.srm_kubeconfig.records.host
  tls_server_name        = ephemeral.srm_kubeconfig.records.tls_server_name
  cluster_ca_certificate = ephemeral.srm_kubeconfig.records.cluster_ca_certificate
  token                  = ephemeral.srm_kubeconfig.records.token
}

provider "helm" {
  kubernetes = {
    host                   = ephemeral.srm_kubeconfig.records.host
    tls_server_name        = ephemeral.srm_kubeconfig.records.tls_server_name
    cluster_ca_certificate = ephemeral.srm_kubeconfig.records.cluster_ca_certificate
    token                  = ephemeral.srm_kubeconfig.records.token
  }
}

# The scw CLI as the credential's source, on the address of the Private Network: no secret is handed over.
ephemeral "srm_kubeconfig" "inside" {
  cluster_id = "fr-par/00112233-4455-4677-8899-aabbccddeeff"
  endpoint   = "vpc"
  form       = "exec"
}

provider "kubernetes" {
  alias                  = "inside"
  host                   = ephemeral.srm_kubeconfig.inside.host
  tls_server_name        = ephemeral.srm_kubeconfig.inside.tls_server_name
  cluster_ca_certificate = ephemeral.srm_kubeconfig.inside.cluster_ca_certificate

  exec {
    api_version = ephemeral.srm_kubeconfig.inside.exec.api_version
    command     = ephemeral.srm_kubeconfig.inside.exec.command
    args        = ephemeral.srm_kubeconfig.inside.exec.args
    env         = ephemeral.srm_kubeconfig.inside.exec.env
  }
}

provider "helm" {
  alias = "inside"

  kubernetes = {
    host                   = ephemeral.srm_kubeconfig.inside.host
    tls_server_name        = ephemeral.srm_kubeconfig.inside.tls_server_name
    cluster_ca_certificate = ephemeral.srm_kubeconfig.inside.cluster_ca_certificate
    exec                   = ephemeral.srm_kubeconfig.inside.exec
  }
}
