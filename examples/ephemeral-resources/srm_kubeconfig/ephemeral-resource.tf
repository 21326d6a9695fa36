terraform {
  required_providers {
    srm        = { source = "terraform-srm/srm" }
    kubernetes = { source = "hashicorp/kubernetes", version = ">= 2.36" }
    helm       = { source = "hashicorp/helm", version = "~> 3.0" }
  }
}

# With the provider's secret key as a bearer token. No other tool is required.
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

# With the scw CLI as the credential plugin, and the endpoint in the Private Network. The result contains no secret.
ephemeral "srm_kubeconfig" "private" {
  cluster_id = "fr-par/00112233-4455-4677-8899-aabbccddeeff"
  endpoint   = "vpc"
  form       = "exec"
}

provider "kubernetes" {
  alias                  = "private"
  host                   = ephemeral.srm_kubeconfig.private.host
  tls_server_name        = ephemeral.srm_kubeconfig.private.tls_server_name
  cluster_ca_certificate = ephemeral.srm_kubeconfig.private.cluster_ca_certificate

  exec {
    api_version = ephemeral.srm_kubeconfig.private.exec.api_version
    command     = ephemeral.srm_kubeconfig.private.exec.command
    args        = ephemeral.srm_kubeconfig.private.exec.args
    env         = ephemeral.srm_kubeconfig.private.exec.env
  }
}

provider "helm" {
  alias = "private"

  kubernetes = {
    host                   = ephemeral.srm_kubeconfig.private.host
    tls_server_name        = ephemeral.srm_kubeconfig.private.tls_server_name
    cluster_ca_certificate = ephemeral.srm_kubeconfig.private.cluster_ca_certificate
    exec                   = ephemeral.srm_kubeconfig.private.exec
  }
}
