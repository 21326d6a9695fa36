// Package scaleway is the provider's client of the Scaleway API: configuration, requests, typed errors, waits, and one
// file for each kind of object. It does not depend on Terraform, except for its logger.
//
// The context of a call limits its retries and waits. Errors are *APIError, *UnknownOutcomeError, *NameTakenError,
// *LostCreateError, *LostEnrolmentError, *StateError, *WaitError or *ConfigError; match them with errors.As.
package scaleway
