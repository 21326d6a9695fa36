variable "node_type" {
  type        = string
  description = "Instance type of the nodes."

  validation {
    condition     = provider::srm::node_type_eligibility(var.node_type).status == "eligible"
    error_message = "${var.node_type} is ${provider::srm::node_type_eligibility(var.node_type).status}. ${provider::srm::node_type_eligibility(var.node_type).reason} Source: ${provider::srm::node_type_eligibility(var.node_type).source}, ${provider::srm::node_type_eligibility(var.node_type).as_of}."
  }
}

variable "zone" {
  type        = string
  description = "Zone of the nodes."

  validation {
    condition     = provider::srm::zone_eligibility(var.zone).status == "eligible"
    error_message = provider::srm::zone_eligibility(var.zone).reason
  }
}

variable "as_of" {
  type        = string
  description = "Date of the version checks, in RFC 3339 or as YYYY-MM-DD. Default: the time of the plan."
  default     = null
}

variable "kubernetes_version" {
  type        = string
  description = "Minor version of Kubernetes."

  # The function itself returns an error for values that are not minors.
  validation {
    condition = provider::srm::lifecycle_stage(
      provider::srm::version_dates(var.kubernetes_version), coalesce(var.as_of, plantimestamp())
    ).stage == "release"
    error_message = "Kubernetes ${var.kubernetes_version} cannot be used. ${provider::srm::lifecycle_stage(
      provider::srm::version_dates(var.kubernetes_version), coalesce(var.as_of, plantimestamp())
    ).reason} ${provider::srm::version_dates(var.kubernetes_version).reason}"
  }
}

variable "duties" {
  type        = set(string)
  description = "Ids of clauses of the Shared Responsibility Model that the team is responsible for."
  default     = []

  validation {
    condition     = alltrue([for id in var.duties : can(provider::srm::clause(id))])
    error_message = "Not clauses of the model: ${join(", ", [for id in var.duties : id if !can(provider::srm::clause(id))])}. Ids are upper case, such as \"HDS-RES-01\"."
  }

  validation {
    condition = alltrue([for id in var.duties : try(provider::srm::clause(id).party, "customer") != "scaleway"])
    error_message = "Scaleway is responsible for these clauses: ${join("; ", [
      for id in var.duties : "${id}, ${provider::srm::clause(id).title}" if try(provider::srm::clause(id).party, "customer") == "scaleway"
    ])}."
  }
}
