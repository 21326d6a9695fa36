output "scripts" {
  description = "Scripts to run as root on each machine. They contain a secret if the provider enrols the machine."
  value       = { for name, node in srm_kosmos_external_node.machine : name => node.script }
  sensitive   = true
}

output "cloud_init" {
  description = "User data of virtual machines."
  value       = { for name, node in srm_kosmos_external_node.machine : name => node.cloud_init }
  sensitive   = true
}

output "cleanup_scripts" {
  description = "Scripts to run on a machine that you remove. Save the script before you delete the node: the state then no longer contains it. It contains no secret, and is sensitive only so that an apply does not print it."
  value       = { for name, node in srm_kosmos_external_node.machine : name => node.cleanup_script }
  sensitive   = true
}

output "nodes" {
  description = "Status of each machine's node, for a pull request or a dashboard."
  value = { for name, node in srm_kosmos_external_node.machine : name => {
    id                     = node.id, status = node.status, kubelet_version = node.kubelet_version, version_skew = node.version_skew, last_seen_at = node.last_seen_at
    attestation_expires_at = node.attestation_expires_at
  } }
}
