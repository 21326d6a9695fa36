variable "private_network_id" {
  type        = string
  description = "Private Network of fr-par, with a Public Gateway that advertises the default route."
}

variable "administrators" {
  type        = set(string)
  description = "Address ranges that may access the API server."
  default     = ["192.0.2.0/24"]
}

variable "type" {
  type        = string
  description = "Control plane offer."
  default     = "kapsule-dedicated-4"
}

variable "kubernetes_version" {
  type        = string
  description = "Minor version of Kubernetes."
  default     = "1.36"
}

variable "deletion_protection" {
  type        = bool
  description = "Whether the provider refuses to destroy the cluster."
  default     = true
}

variable "passphrase" {
  type        = string
  description = "Passphrase that encrypts volumes, at least 32 characters."
  ephemeral   = true
  sensitive   = true
}
