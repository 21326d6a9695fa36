variable "name" {
  description = "Name of the cluster."
  type        = string
  default     = "edge"
}

variable "kubernetes_version" {
  description = "Minor version of Kubernetes. Raising it upgrades cluster and pool, and enrols every machine again: run their programs again."
  type        = string
}

variable "administrators" {
  description = "Ranges that reach the API server and, by SSH, the machines."
  type        = set(string)
}

variable "no_health_data" {
  description = "Who attests that no health data passes through the cluster, and when."
  type        = object({ by = string, reviewed_on = string })
}

variable "deletion_protection" {
  description = "Whether a destroy of the cluster is refused."
  type        = bool
  default     = true
}

variable "agent" {
  description = "The agent, pinned: version and digests from checksums.txt of its release."
  type = object({
    version      = string
    sha256       = object({ amd64 = optional(string), arm64 = optional(string) })
    download_url = optional(string)
  })
}

variable "node_defaults" {
  description = "What the owner attests of all machines."
  type = object({
    owner       = string, os = string, os_patching = string, hardening_baseline = string, firewall = string, monitoring = string
    reviewed_by = string, reviewed_on = string, valid_days = number
  })
}

variable "machines" {
  description = "The machines, by name: public address, the document that shows the review, and for those that enrol themselves the command that prints the key."
  type = map(object({
    address     = string
    rotation    = optional(string)
    key_command = optional(string)
    attestation = object({ document_uri = string, document_sha256 = string })
  }))
}
