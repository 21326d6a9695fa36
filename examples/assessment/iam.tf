# The identity of an assessment: an IAM application that may read what the layer "api" reads, and nothing else. A rule of
# a policy covers the Projects that it names: list each Project with a cluster to assess.
#
# Create its API key outside of Terraform, so that no state contains the secret:
#
#   scw iam api-key create application-id=APPLICATION_ID expires-at=DATE default-project-id=PROJECT_ID

terraform {
  required_providers {
    scaleway = {
      source = "scaleway/scaleway"
    }
  }
}

variable "project_ids" {
  description = "Projects of the clusters to assess."
  type        = list(string)
}

resource "scaleway_iam_application" "assessment" {
  name        = "srm-assessment"
  description = "Reads facts for the assessment of Kubernetes clusters"
}

resource "scaleway_iam_policy" "assessment" {
  name           = "srm-assessment"
  description    = "Read access for the assessment of Kubernetes clusters"
  application_id = scaleway_iam_application.assessment.id

  rule {
    project_ids = var.project_ids
    # With the input buckets, add ObjectStorageReadOnly.
    permission_set_names = [
      "BlockStorageReadOnly",        # volumes and snapshots
      "ContainerRegistryReadOnly",   # namespaces of images
      "ContainersReadOnly",          # neighbours in the Project
      "FunctionsReadOnly",           # neighbours in the Project
      "IPAMReadOnly",                # neighbours in the Private Network
      "InstancesReadOnly",           # security groups, root disks, neighbours in the Project
      "InterlinkReadOnly",           # ways out of the VPC
      "KubernetesReadOnly",          # the cluster, its pools, nodes and allow-list; neighbours in the Project
      "LoadBalancersReadOnly",       # Load Balancers with frontends, backends and certificates
      "ObservabilityReadOnly",       # retention of logs in Cockpit
      "PrivateNetworksReadOnly",     # the Private Network of the cluster
      "RelationalDatabasesReadOnly", # databases and their allow-lists
      "SiteToSiteVPNReadOnly",       # ways out of the VPC
      "VPCGatewayReadOnly",          # Public Gateways, their bastion and PAT rules
      "VPCReadOnly",                 # routing, ACL, routes and connectors of the VPC
    ]
  }
}

output "application_id" {
  description = "Owner of the API key of the assessment."
  value       = scaleway_iam_application.assessment.id
}
