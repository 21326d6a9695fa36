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

// Mark is the owner mark of the guardrails as a cluster has it.
type Mark struct {
	guardrails.Mark

	object *unstructured.Unstructured
}

func markOf(policy *unstructured.Unstructured) *Mark {
	if policy == nil {
		return nil
	}
	return &Mark{Mark: guardrails.MarkOf(policy.GetAnnotations()), object: policy}
}

// lookAtMark keeps the mark that is among the policies of a cluster.
func (s *Seen) lookAtMark(policies map[string]*unstructured.Unstructured) {
	s.Mark = markOf(policies[guardrails.OwnerMark])
	claims := policies[guardrails.Claims]
	s.Unmarked = s.Mark == nil && claims != nil && claims.GetAnnotations()[guardrails.AnnotationSettings] != ""
}

// OwnerError says that the mark of the guardrails names another owner than the one that writes.
type OwnerError struct {
	Mark guardrails.Mark
	// Wanted is the owner that writes.
	Wanted string
}

func (e *OwnerError) Error() string {
	return fmt.Sprintf("the guardrails of the cluster belong to %s, and not to %s", e.Mark.Name(), e.Wanted)
}

// ServerTime is the clock of the API server at its last answer, or that of this machine before the first one: marks are
// written and judged by one clock, wherever the provider runs.
func (c *Client) ServerTime() time.Time {
	if seconds := c.heard.date.Load(); seconds != 0 {
		return time.Unix(seconds, 0)
	}
	return wallClock()
}

// heardAt keeps the time of an answer.
func (a *answers) heardAt(header http.Header) {
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		a.date.Store(date.Unix())
	}
}

// ReadMark reads the mark; nil is a cluster without one.
func (c *Client) ReadMark(ctx context.Context) (*Mark, error) {
	policy, err := c.get(ctx, policies, "", guardrails.OwnerMark)
	return markOf(policy), err
}

// ClaimMark writes the mark with a plain POST, which one of several owners succeeds with. Where a mark exists already,
// that of the same owner is a success: the answer to the POST was lost. Another one is an OwnerError.
func (c *Client) ClaimMark(ctx context.Context, mark guardrails.Mark) error {
	content := &unstructured.Unstructured{Object: mark.Object().Content}
	options := metav1.CreateOptions{FieldManager: guardrails.FieldManager}
	of := call{"create", policies, "", guardrails.OwnerMark}
	_, err := retried(ctx, c, of, func(ctx context.Context) (*unstructured.Unstructured, error) {
		return c.at(policies, "").Create(ctx, content.DeepCopy(), options)
	})
	if !Is(err, Conflict) {
		return err
	}
	return c.checkOwner(ctx, mark.Owner, err)
}

// AdoptMark writes a mark over one that was read, and over no other version of it. It fails as ClaimMark does.
func (c *Client) AdoptMark(ctx context.Context, from *Mark, mark guardrails.Mark) error {
	err := c.replace(ctx, policies, &unstructured.Unstructured{Object: mark.Object().Content}, from.object)
	if !Is(err, Conflict) && !Is(err, NotFound) {
		return err
	}
	return c.checkOwner(ctx, mark.Owner, err)
}

// checkOwner looks whose mark a cluster has after a write of it met one. Without a mark cause is returned.
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

// SettleMark makes the mark say that the guardrails of an owner are applied, and writes it where there is none. It
// fails with an OwnerError where another owner has it.
func (c *Client) SettleMark(ctx context.Context, owner string) error {
	settled := guardrails.Mark{Owner: owner, Phase: guardrails.Applied}
	for attempt := 1; ; attempt++ {
		found, err := c.ReadMark(ctx)
		switch {
		case err != nil:
			return err
		case found == nil:
			return c.ClaimMark(ctx, settled)
		case found.Owner != owner:
			return &OwnerError{Mark: found.Mark, Wanted: owner}
		case found.Phase == guardrails.Applied:
			return nil
		}
		err = c.replace(ctx, policies, &unstructured.Unstructured{Object: settled.Object().Content}, found.object)
		// It has changed since it was read: by a write of this call whose answer was lost, or by another client.
		if !Is(err, Conflict) || attempt == attempts {
			return err
		}
	}
}

// RemoveMark removes the mark of an owner. The mark of another owner stays.
func (c *Client) RemoveMark(ctx context.Context, owner string) error {
	for attempt := 1; ; attempt++ {
		found, err := c.ReadMark(ctx)
		if err != nil || found == nil || found.Owner != owner {
			return err
		}
		uid, version := found.object.GetUID(), found.object.GetResourceVersion()
		of := call{"delete", policies, "", guardrails.OwnerMark}
		_, err = retried(ctx, c, of, func(ctx context.Context) (any, error) {
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

// AbsentMark is the difference of guardrails without a mark.
func AbsentMark() Difference {
	return Difference{Object: guardrails.KindPolicy + "/" + guardrails.OwnerMark, Found: absent}
}

// UnfinishedMark is the difference of guardrails whose create has not ended.
func UnfinishedMark(mark *Mark) Difference {
	field := []string{"metadata", "annotations", guardrails.AnnotationPhase}
	return Difference{
		Object: guardrails.KindPolicy + "/" + guardrails.OwnerMark, Field: written(field),
		Found: shortened(string(mark.Phase)), Owner: owner(mark.object, field),
	}
}
