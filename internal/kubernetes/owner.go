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

// Mark is the ownership record of the guardrails in a cluster.
type Mark struct {
	guardrails.Mark

	object *unstructured.Unstructured
}

// markOf returns the ownership record of a policy, or nil if policy is nil.
func markOf(policy *unstructured.Unstructured) *Mark {
	if policy == nil {
		return nil
	}
	return &Mark{Mark: guardrails.MarkOf(policy.GetAnnotations()), object: policy}
}

// lookAtMark sets the ownership record from the policies of a cluster.
func (s *Seen) lookAtMark(policies map[string]*unstructured.Unstructured) {
	s.Mark = markOf(policies[guardrails.OwnerMark])
	claims := policies[guardrails.Claims]
	s.Unmarked = s.Mark == nil && claims != nil && claims.GetAnnotations()[guardrails.AnnotationSettings] != ""
}

// OwnerError reports that the guardrails have another owner than the one that writes.
type OwnerError struct {
	// Mark is the ownership record in the cluster.
	Mark guardrails.Mark
	// Wanted is the owner that writes.
	Wanted string
}

func (e *OwnerError) Error() string {
	return fmt.Sprintf("the guardrails of the cluster belong to %s, not to %s", e.Mark.Name(), e.Wanted)
}

// ServerTime returns the API server's time from the last response, or the local time before the first response. The
// timestamps of ownership records thus have one clock, wherever the provider runs.
func (c *Client) ServerTime() time.Time {
	if seconds := c.heard.date.Load(); seconds != 0 {
		return time.Unix(seconds, 0)
	}
	return wallClock()
}

// recordDate stores the Date of a response.
func (a *answers) heardAt(header http.Header) {
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		a.date.Store(date.Unix())
	}
}

// ReadMark reads the ownership record. It returns nil if the cluster has none.
func (c *Client) ReadMark(ctx context.Context) (*Mark, error) {
	policy, err := c.get(ctx, policies, "", guardrails.OwnerMark)
	return markOf(policy), err
}

// ClaimMark creates the ownership record with a POST, which succeeds for only one of several owners. If the cluster has
// a record of the same owner, ClaimMark succeeds: the answer to an earlier POST was lost. If it has one of another
// owner, ClaimMark returns an OwnerError.
func (c *Client) ClaimMark(ctx context.Context, mark guardrails.Mark) error {
	content := &unstructured.Unstructured{Object: mark.Object().Content}
	options := metav1.CreateOptions{FieldManager: guardrails.FieldManager}
	op := call{"create", policies, "", guardrails.OwnerMark}
	_, err := retried(ctx, c, op, func(ctx context.Context) (*unstructured.Unstructured, error) {
		return c.at(policies, "").Create(ctx, content.DeepCopy(), options)
	})
	if !Is(err, Conflict) {
		return err
	}
	return c.checkOwner(ctx, mark.Owner, err)
}

// AdoptMark replaces the version of an ownership record that was read. It fails like ClaimMark.
func (c *Client) AdoptMark(ctx context.Context, current *Mark, mark guardrails.Mark) error {
	err := c.replace(ctx, policies, &unstructured.Unstructured{Object: mark.Object().Content}, current.object)
	if !Is(err, Conflict) && !Is(err, NotFound) {
		return err
	}
	return c.checkOwner(ctx, mark.Owner, err)
}

// checkOwner reads the owner after a conflict. It returns nil for the same owner, an OwnerError for another one, and
// cause if the cluster has no ownership record.
func (c *Client) checkOwner(ctx context.Context, owner string, cause error) error {
	found, err := c.ReadMark(ctx)
	switch {
	case err != nil:
		return err
	case found == nil:
		return cause
	case found.Owner != owner:
		return &OwnerError{Mark: found.Mark, Wanted: owner}
	}
	return nil
}

// SettleMark sets the ownership record of an owner to the phase Applied, and creates it if it does not exist. It
// returns an OwnerError if the guardrails have another owner.
func (c *Client) SettleMark(ctx context.Context, owner string) error {
	applied := guardrails.Mark{Owner: owner, Phase: guardrails.Applied}
	for attempt := 1; ; attempt++ {
		found, err := c.ReadMark(ctx)
		switch {
		case err != nil:
			return err
		case found == nil:
			return c.ClaimMark(ctx, applied)
		case found.Owner != owner:
			return &OwnerError{Mark: found.Mark, Wanted: owner}
		case found.Phase == guardrails.Applied:
			return nil
		}
		err = c.replace(ctx, policies, &unstructured.Unstructured{Object: applied.Object().Content}, found.object)
		// Another client has changed the record, or an earlier attempt has and its answer was lost.
		if !Is(err, Conflict) || attempt == attempts {
			return err
		}
	}
}

// RemoveMark deletes the ownership record of an owner. It keeps the record of another owner.
func (c *Client) RemoveMark(ctx context.Context, owner string) error {
	for attempt := 1; ; attempt++ {
		found, err := c.ReadMark(ctx)
		if err != nil || found == nil || found.Owner != owner {
			return err
		}
		uid, version := found.object.GetUID(), found.object.GetResourceVersion()
		op := call{"delete", policies, "", guardrails.OwnerMark}
		_, err = retried(ctx, c, op, func(ctx context.Context) (any, error) {
			return nil, c.at(policies, "").Delete(ctx, guardrails.OwnerMark, metav1.DeleteOptions{
				Preconditions: &metav1.Preconditions{UID: &uid, ResourceVersion: &version},
			})
		})
		switch {
		case Is(err, NotFound):
			return nil
		case !Is(err, Conflict) || attempt == attempts:
			return err
		}
	}
}

// AbsentMark returns the difference of guardrails without an ownership record.
func AbsentMark() Difference {
	return Difference{Object: guardrails.KindPolicy + "/" + guardrails.OwnerMark, Found: absent}
}

// UnfinishedMark returns the difference of guardrails whose create has not finished.
func UnfinishedMark(mark *Mark) Difference {
	field := []string{"metadata", "annotations", guardrails.AnnotationPhase}
	return Difference{
		Object: guardrails.KindPolicy + "/" + guardrails.OwnerMark, Field: written(field),
		Found: shortened(string(mark.Phase)), Owner: owner(mark.object, field),
	}
}
