// Package admission evaluates ValidatingAdmissionPolicies in this process. It uses the API server's own code: its CEL
// environment and compiler, its match conditions and its rule matcher.
package admission
