# What the Scaleway API and the cluster's Kubernetes API show about a cluster for health data.
data "srm_cluster_assessment" "records" {
  cluster_id = "fr-par/00112233-4455-4677-8899-aabbccddeeff"
  hds        = true
  layers     = ["api", "cluster"]

  inputs = {
    max_node_age_days   = 45
    max_node_age_reason = "nodes are replaced with every patch, at most every six weeks"
  }
}

# Open deviations, the most severe first.
output "deviations" {
  value = [
    for f in data.srm_cluster_assessment.records.findings :
    "${f.severity} ${f.check} (${join(", ", f.clauses)}): ${f.found}"
    if f.result == "fail" && f.disposition == "open"
  ]
}

# The matrix of responsibilities, with a result beside each part.
data "srm_responsibilities" "records" {
  cluster_id = data.srm_cluster_assessment.records.cluster_id
  hds        = true
  findings   = data.srm_cluster_assessment.records.findings
}
