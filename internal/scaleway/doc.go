// Package scaleway is the provider's access to the Scaleway API: configuration, client, typed errors, waits, and one
// file for each kind of object. It knows nothing of Terraform but its logger.
//
// Every call carries the caller's context, which bounds its repeats and its waits. Errors are *APIError,
// *UnknownOutcomeError, *NameTakenError, *LostCreateError, *StateError, *WaitError or *ConfigError, found with
// errors.As.
package scaleway
