variable "name" {
  description = "Name of the cluster."
  type        = string
  default     = "edge"
}

variable "kubernetes_version" {
  description = "Minor version of Kubernetes. If you raise it, the provider upgrades cluster and pool and enrols every machine again: run the machines' programs again."
  type        = string
}

variable "administrators" {
  description = "Address ranges that can reach the API server and, by SSH, the machines."
  type        = set(string)
}

variable "no_health_data" {
  description = "Who attests that no health data passes through the cluster, and when."
  type        = object({ by = string, reviewed_on = string })
}

variable "deletion_protection" {
  description = "Whether the provider refuses to destroy the cluster."
  type        = bool
  default     = true
}

variable "agent" {
  description = "Pinned version and digests of the agent, from checksums.txt of its release."
  type = object({
    version      = string
    sha256       = object({ amd64 = optional(string), arm64 = optional(string) })
    download_url = optional(string)
  })
}

variable "node_defaults" {
  description = "Attestation fields that all machines share."
  type = object({
    owner       = string, os = string, os_patching = string, hardening_baseline = string, firewall = string, monitoring = string
    reviewed_by = string, reviewed_on = string, valid_days = number
  })
}

variable "machines" {
  description = "Machines by name: public address, review document, and for machines that enrol themselves the command that prints the key."
  type = map(object({
    address     = string
    rotation    = optional(string)
    key_command = optional(string)
    attestation = object({ document_uri = string, document_sha256 = string })
  }))
}
