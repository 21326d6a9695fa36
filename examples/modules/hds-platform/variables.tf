variable "name" {
  type        = string
  description = "Name of the cluster."
}

variable "kubernetes_version" {
  type        = string
  description = "Minor version of Kubernetes, such as \"1.36\"."

  # This check uses the calendar bundled with the provider. The gate checks the dates of the API.
  validation {
    condition     = provider::srm::version_dates(var.kubernetes_version).end_of_support_at != null
    error_message = provider::srm::version_dates(var.kubernetes_version).reason
  }
}

variable "type" {
  type        = string
  description = "Control plane offer: a dedicated offer of Kapsule."
  default     = "kapsule-dedicated-4"
}

variable "private_network_id" {
  type        = string
  description = "Private Network in fr-par. Its Public Gateway must advertise the default route, because nodes have no public IP."
}

variable "administrators" {
  type        = map(string)
  description = "Address ranges that can reach the API server, by description: { office = \"192.0.2.0/24\" }. Empty isolates it."

  validation {
    condition     = alltrue([for range in values(var.administrators) : can(cidrhost(range, 0))])
    error_message = "Not in CIDR notation: ${join(", ", [for name, range in var.administrators : "${name} = ${range}" if !can(cidrhost(range, 0))])}. Write ranges such as 192.0.2.0/24."
  }
}

variable "maintenance_window" {
  type        = object({ day = string, start_hour = number })
  description = "Window in which Scaleway installs patches: two hours from start_hour (UTC)."
  default     = { day = "sunday", start_hour = 2 }
}

variable "passphrase" {
  type        = string
  description = "Passphrase of new volumes, at least 32 characters, from a secret manager. It is not stored in the state or the plan. Keep it outside the cluster for as long as a volume is encrypted with it. Null if no Secret is written, for example in a plan of an existing platform."
  default     = null
  ephemeral   = true
  sensitive   = true
}

variable "passphrase_version" {
  type        = number
  description = "Version of the passphrase, starting at 1. Raise it with each new passphrase."
  default     = 1
}

variable "pools" {
  type = map(object({
    node_type    = string
    zone         = string
    size         = optional(number)
    autoscaling  = optional(object({ min = number, max = number }))
    labels       = optional(map(string))
    kubelet_args = optional(map(string))
    root_volume  = optional(object({ type = optional(string, "sbs_5k"), size_gb = optional(number, 100) }), {})
    rotation     = optional(string)
  }))
  description = "Node pools, by name, each with size or autoscaling."

  validation {
    condition = alltrue([for pool in values(var.pools) : provider::srm::node_type_eligibility(pool.node_type).status == "eligible"])
    error_message = join("\n", [
      for name, pool in var.pools :
      "${name}: ${pool.node_type} is ${provider::srm::node_type_eligibility(pool.node_type).status}. ${provider::srm::node_type_eligibility(pool.node_type).reason}"
      if provider::srm::node_type_eligibility(pool.node_type).status != "eligible"
    ])
  }

  validation {
    condition = alltrue([for pool in values(var.pools) : provider::srm::zone_eligibility(pool.zone).status == "eligible"])
    error_message = join("\n", [
      for name, pool in var.pools : "${name}: ${provider::srm::zone_eligibility(pool.zone).reason}"
      if provider::srm::zone_eligibility(pool.zone).status != "eligible"
    ])
  }
}

variable "delete_additional_resources" {
  type        = bool
  description = "Whether a destroy deletes volumes, Load Balancers and the Private Network. With false, they remain with their data and are billed. Snapshots always remain."
  default     = false
}

variable "deletion_protection" {
  type        = bool
  description = "Whether the provider refuses to destroy the cluster."
  default     = true
}

variable "audit_trail_export" {
  type = object({
    bucket             = string
    min_retention_days = number
    name               = optional(string, "audit-trail")
    prefix             = optional(string)
    project_id         = optional(string)
  })
  description = "Export of Audit Trail to an existing bucket in fr-par with versioning, object lock and a default retention. Null for no export here: an Organization can have one."
  default     = null
}

variable "accepted_responsibility_transfers" {
  type        = map(string)
  description = "Keys of accepted transfers, with the reason for acceptance: { \"workers/kubelet_args/maxPods\" = \"…\" }."
  default     = {}

  validation {
    condition     = alltrue([for reason in values(var.accepted_responsibility_transfers) : trimspace(reason) != ""])
    error_message = "These transfers have no reason: ${join(", ", [for key, reason in var.accepted_responsibility_transfers : key if trimspace(reason) == ""])}. Add the reason for acceptance."
  }
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
