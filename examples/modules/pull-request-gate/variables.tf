variable "name" {
  type        = string
  description = "Name of the cluster."
}

variable "kubernetes_version" {
  type        = string
  description = "Minor version of Kubernetes."
}

variable "type" {
  type        = string
  description = "Control plane offer."
  default     = "kapsule-dedicated-4"
}

variable "private_network_id" {
  type        = string
  description = "Private Network of fr-par, with a Public Gateway that advertises the default route."
}

variable "administrators" {
  type        = set(string)
  description = "Address ranges that can reach the API server."
}

variable "passphrase" {
  type        = string
  description = "Passphrase of volumes, at least 32 characters."
  ephemeral   = true
  sensitive   = true
}

variable "pools" {
  type = map(object({
    node_type    = string
    zone         = string
    size         = number
    kubelet_args = optional(map(string))
  }))
  description = "Node pools, by name."
}

variable "accepted_responsibility_transfers" {
  type        = set(string)
  description = "Keys of accepted transfers. Keys of a pool's transfers begin with its name: \"workers/kubelet_args/maxPods\"."
  default     = []
}

variable "min_days_of_support" {
  type        = number
  description = "Minimum number of days until the end of support of the version."
  default     = 90
}

variable "as_of" {
  type        = string
  description = "Date of the version checks, in RFC 3339 or as YYYY-MM-DD. Default: the time of the plan."
  default     = null
}
