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
  description = "Address ranges that may reach the API server."
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
  description = "Keys of the transfers that the team has decided to take on, those of a pool with its name: \"workers/kubelet_args/maxPods\"."
  default     = []
}

variable "least_days_of_support" {
  type        = number
  description = "Days of support that the version must have left."
  default     = 90
}

variable "as_of" {
  type        = string
  description = "Moment that the version is judged at, in RFC 3339 or as YYYY-MM-DD. Default: the moment of the plan."
  default     = null
}
