# A minor, a full version or "latest".
data "srm_kubernetes_version" "current" {
  version = "1.35"
}

output "supported_until" {
  value = data.srm_kubernetes_version.current.end_of_support_at
}

# Warn before the forced upgrade.
check "supported" {
  assert {
    condition     = contains(["release", "unknown"], data.srm_kubernetes_version.current.stage)
    error_message = "Kubernetes ${data.srm_kubernetes_version.current.minor} is in the stage ${data.srm_kubernetes_version.current.stage}: upgrade to ${coalesce(data.srm_kubernetes_version.current.next_legal.minor, "the next minor")}."
  }
}
