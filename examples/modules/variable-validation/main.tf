# Validations can call functions of a provider only if the module requires the provider. No provider block is needed: the
# functions use no configuration and send no API requests.

terraform {
  required_version = ">= 1.11"
  required_providers {
    srm = {
      source  = "terraform-srm/srm"
      version = ">= 0.1.0"
    }
  }
}
