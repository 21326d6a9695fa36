package kubernetes

import (
	"context"
	"fmt"
	"net/http"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes/guardrails"
)

// OwnerRecord is the ownership record of the guardrails in a cluster.
type OwnerRecord struct {
	guardrails.OwnerRecord

	object *unstructured.Unstructured
}

// newOwnerRecord returns the ownership record of a policy, or nil if policy is nil.
func newOwnerRecord(policy *unstructured.Unstructured) *OwnerRecord {
	if policy == nil {
		return nil
	}
	return &OwnerRecord{OwnerRecord: guardrails.ParseOwnerRecord(policy.GetAnnotations()), object: policy}
}

// setOwnerRecord sets the ownership record from the policies of a cluster.
func (s *GuardrailStatus) setOwnerRecord(policies map[string]*unstructured.Unstructured) {
	s.OwnerRecord = newOwnerRecord(policies[guardrails.OwnerRecordName])
	claims := policies[guardrails.Claims]
	s.HasNoOwnerRecord = s.OwnerRecord == nil && claims != nil &&
		claims.GetAnnotations()[guardrails.AnnotationSettings] != ""
}

// OwnerError reports that the guardrails have another owner than the one that writes.
type OwnerError struct {
	// Record is the ownership record in the cluster.
	Record guardrails.OwnerRecord
	// Owner is the owner that writes.
	Owner string
}

func (e *OwnerError) Error() string {
	return fmt.Sprintf("the guardrails of the cluster belong to %s, not to %s", e.Record.OwnerText(), e.Owner)
}

// ServerTime returns the API server's time from the last response, or the local time before the first response. The
// timestamps of ownership records thus have one clock, wherever the provider runs.
func (c *Client) ServerTime() time.Time {
	if seconds := c.lastResponse.date.Load(); seconds != 0 {
		return time.Unix(seconds, 0)
	}
	return wallClock()
}

// recordDate stores the Date of a response.
func (a *lastResponse) recordDate(header http.Header) {
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		a.date.Store(date.Unix())
	}
}

// ReadOwnerRecord reads the ownership record. It returns nil if the cluster has none.
func (c *Client) ReadOwnerRecord(ctx context.Context) (*OwnerRecord, error) {
	policy, err := c.get(ctx, policies, "", guardrails.OwnerRecordName)
	return newOwnerRecord(policy), err
}

// CreateOwnerRecord creates the ownership record with a POST, which succeeds for only one of several owners. If the
// cluster has a record of the same owner, CreateOwnerRecord succeeds: the response to an earlier POST was lost. If it
// has one of another owner, CreateOwnerRecord returns an OwnerError.
func (c *Client) CreateOwnerRecord(ctx context.Context, mark guardrails.OwnerRecord) error {
	content := &unstructured.Unstructured{Object: mark.Object().Content}
	options := metav1.CreateOptions{FieldManager: guardrails.FieldManager}
	op := operation{"create", policies, "", guardrails.OwnerRecordName}
	_, err := withRetry(ctx, c, op, func(ctx context.Context) (*unstructured.Unstructured, error) {
		return c.resourceClient(policies, "").Create(ctx, content.DeepCopy(), options)
	})
	if !Is(err, Conflict) {
		return err
	}
	return c.checkOwner(ctx, mark.Owner, err)
}

// ReplaceOwnerRecord replaces the version of an ownership record that was read. It fails like CreateOwnerRecord.
func (c *Client) ReplaceOwnerRecord(ctx context.Context, current *OwnerRecord, mark guardrails.OwnerRecord) error {
	err := c.replace(ctx, policies, &unstructured.Unstructured{Object: mark.Object().Content}, current.object)
	if !Is(err, Conflict) && !Is(err, NotFound) {
		return err
	}
	return c.checkOwner(ctx, mark.Owner, err)
}

// checkOwner reads the owner after a conflict. It returns nil for the same owner, an OwnerError for another one, and
// cause if the cluster has no ownership record.
func (c *Client) checkOwner(ctx context.Context, owner string, cause error) error {
	found, err := c.ReadOwnerRecord(ctx)
	switch {
	case err != nil:
		return err
	case found == nil:
		return cause
	case found.Owner != owner:
		return &OwnerError{Record: found.OwnerRecord, Owner: owner}
	}
	return nil
}

// CompleteOwnerRecord sets the ownership record of an owner to the phase Applied, and creates it if it does not exist.
// It returns an OwnerError if the guardrails have another owner.
func (c *Client) CompleteOwnerRecord(ctx context.Context, owner string) error {
	applied := guardrails.OwnerRecord{Owner: owner, Phase: guardrails.Applied}
	for attempt := 1; ; attempt++ {
		found, err := c.ReadOwnerRecord(ctx)
		switch {
		case err != nil:
			return err
		case found == nil:
			return c.CreateOwnerRecord(ctx, applied)
		case found.Owner != owner:
			return &OwnerError{Record: found.OwnerRecord, Owner: owner}
		case found.Phase == guardrails.Applied:
			return nil
		}
		err = c.replace(ctx, policies, &unstructured.Unstructured{Object: applied.Object().Content}, found.object)
		// Another client has changed the record, or an earlier attempt has and its response was lost.
		if !Is(err, Conflict) || attempt == maxAttempts {
			return err
		}
	}
}

// DeleteOwnerRecord deletes the ownership record of an owner. It keeps the record of another owner.
func (c *Client) DeleteOwnerRecord(ctx context.Context, owner string) error {
	for attempt := 1; ; attempt++ {
		found, err := c.ReadOwnerRecord(ctx)
		if err != nil || found == nil || found.Owner != owner {
			return err
		}
		uid, version := found.object.GetUID(), found.object.GetResourceVersion()
		op := operation{"delete", policies, "", guardrails.OwnerRecordName}
		_, err = withRetry(ctx, c, op, func(ctx context.Context) (any, error) {
			return nil, c.resourceClient(policies, "").Delete(ctx, guardrails.OwnerRecordName, metav1.DeleteOptions{
				Preconditions: &metav1.Preconditions{UID: &uid, ResourceVersion: &version},
			})
		})
		switch {
		case Is(err, NotFound):
			return nil
		case !Is(err, Conflict) || attempt == maxAttempts:
			return err
		}
	}
}

// AbsentOwnerRecord returns the difference of guardrails without an ownership record.
func AbsentOwnerRecord() Difference {
	return Difference{Object: guardrails.KindPolicy + "/" + guardrails.OwnerRecordName, Found: absent}
}

// UnfinishedOwnerRecord returns the difference of guardrails whose create has not finished.
func UnfinishedOwnerRecord(mark *OwnerRecord) Difference {
	field := []string{"metadata", "annotations", guardrails.AnnotationPhase}
	return Difference{
		Object: guardrails.KindPolicy + "/" + guardrails.OwnerRecordName, Field: formatPath(field),
		Found: formatValue(string(mark.Phase)), Owner: fieldOwner(mark.object, field),
	}
}
