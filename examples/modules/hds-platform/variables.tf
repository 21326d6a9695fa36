variable "name" {
  type        = string
  description = "Name of the cluster."
}

variable "kubernetes_version" {
  type        = string
  description = "Minor version of Kubernetes, such as \"1.36\"."

  # The calendar bundled with the provider: the plan asks the API, and the gate judges its dates.
  validation {
    condition     = provider::srm::version_dates(var.kubernetes_version).end_of_support_at != null
    error_message = provider::srm::version_dates(var.kubernetes_version).reason
  }
}

variable "type" {
  type        = string
  description = "Control plane offer, a dedicated one of Kapsule."
  default     = "kapsule-dedicated-4"
}

variable "private_network_id" {
  type        = string
  description = "Private Network of fr-par. Its Public Gateway advertises the default route, as nodes have no public IP."
}

variable "administrators" {
  type        = map(string)
  description = "Address ranges that may reach the API server, by who they are: { office = \"192.0.2.0/24\" }. None isolates it."

  validation {
    condition     = alltrue([for range in values(var.administrators) : can(cidrhost(range, 0))])
    error_message = "No ranges in CIDR notation: ${join(", ", [for name, range in var.administrators : "${name} = ${range}" if !can(cidrhost(range, 0))])}. Write them as in 192.0.2.0/24."
  }
}

variable "maintenance_window" {
  type        = object({ day = string, start_hour = number })
  description = "When patches may be installed, for two hours from start_hour (UTC)."
  default     = { day = "sunday", start_hour = 2 }
}

variable "passphrase" {
  type        = string
  description = "Passphrase of new volumes, at least 32 characters, from a secret manager. It stays in no state and no plan. Keep it outside the cluster for as long as a volume is encrypted with it. Null where no Secret is written, as in a plan of a platform that exists."
  default     = null
  ephemeral   = true
  sensitive   = true
}

variable "passphrase_version" {
  type        = number
  description = "Version of the passphrase, from 1. Another passphrase needs the next one."
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
  description = "What a destroy does with volumes, Load Balancers and the Private Network: true destroys them, false leaves them, billed and full of data. Snapshots stay in either case."
  default     = false
}

variable "deletion_protection" {
  type        = bool
  description = "Whether destroying the cluster is refused."
  default     = true
}

variable "accepted_responsibility_transfers" {
  type        = map(string)
  description = "Transfers that the team has decided to take on, by key, with the reason: { \"workers/kubelet_args/maxPods\" = \"…\" }."
  default     = {}

  validation {
    condition     = alltrue([for reason in values(var.accepted_responsibility_transfers) : trimspace(reason) != ""])
    error_message = "No reason is given for: ${join(", ", [for key, reason in var.accepted_responsibility_transfers : key if trimspace(reason) == ""])}. Say why the team takes the duty on."
  }
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
