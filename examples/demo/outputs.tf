output "cluster" {
  description = "The cluster, and the support dates of its version."
  value = {
    id           = srm_hds_cluster.records.id
    version_used = srm_hds_cluster.records.version_used
    contract     = srm_hds_cluster.records.contract_reference
    dates        = srm_hds_cluster.records.version_dates
  }
}

output "guardrails" {
  description = "Objects that the guardrails create in the cluster, and the digest of the admission policies."
  value = {
    objects       = srm_hds_guardrails.records.objects
    policy_digest = srm_hds_guardrails.records.policy_digest
  }
}

output "responsibility_transfers" {
  description = "Responsibilities that the configuration shifts from Scaleway to the customer."
  value       = concat(srm_hds_cluster.records.responsibility_transfers, srm_hds_guardrails.records.responsibility_transfers, srm_hds_pool.workers.responsibility_transfers)
}

output "end_of_support" {
  description = "End of support of every minor version that the API offers."
  value       = { for v in data.srm_kubernetes_versions.offered.versions : v.minor => v.end_of_support_at }
}

output "matrix" {
  description = "Responsible party of each applicable clause, and what covers its parts. It does not say whether a clause is met."
  value = join("\n", [
    for clause in data.srm_responsibilities.records.clauses :
    format("%-11s %-12s %-42s %s", clause.id, clause.effective_party, join(", ", sort(distinct([
      for by in clause.covered_by : replace(by, "/ [a-z_]+/", "")
    ]))), clause.title)
    if clause.effective_party != null
  ])
}

output "duties" {
  description = "Number of clauses by responsible party, and number of parts without a result."
  value       = data.srm_responsibilities.records.counts
}

output "lifecycle" {
  description = "Stage of the cluster's version, and the age of its nodes in days."
  value = {
    stage = data.srm_cluster_lifecycle.records.stage
    nodes = { for node in data.srm_cluster_lifecycle.records.nodes : node.name => node.age_days }
  }
}
