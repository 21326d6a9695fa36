package scaleway

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// Enrolment is a node that the API made for a machine outside Scaleway: where its metadata are read, and its own
// credential, which is secret. An external pool has no other way to get a node.
type Enrolment struct {
	MetadataURL   string `json:"metadata_url"`
	NodeSecretKey string `json:"node_secret_key"`
}

// LostEnrolmentError says that the answer to an enrolment was lost, and with it the credential of the node that it may
// have made: the node cannot be used.
type LostEnrolmentError struct {
	// PoolID and Region name the pool.
	PoolID, Region string
	// Seen are the nodes that the pool got meanwhile. Each may also be that of another enrolment.
	Seen []Candidate
	// Look is why it could not be looked for to the end; nil where it was.
	Look error
	// Err is how the answer was lost.
	Err error
}

// Error names what was seen.
func (e *LostEnrolmentError) Error() string {
	switch {
	case len(e.Seen) == 0 && e.Look != nil:
		return fmt.Sprintf(
			"%s; pool %s may have a node that no machine can use: the search for it did not end: %s", e.Err, place(e.Region,
				e.PoolID), e.Look,
		)
	case len(e.Seen) == 0:
		return fmt.Sprintf("%s; no node has appeared since in pool %s", e.Err, place(e.Region, e.PoolID))
	}
	seen := make([]string, len(e.Seen))
	for i, one := range e.Seen {
		seen[i] = fmt.Sprintf("%s (%s)", place(e.Region, one.ID), one.Status)
	}
	return fmt.Sprintf("%s; seen since in pool %s: node %s", e.Err, place(e.Region, e.PoolID), strings.Join(seen, ", "+
		"node "))
}

// Unwrap returns how the answer was lost.
func (e *LostEnrolmentError) Unwrap() error { return e.Err }

// Hint is the next step.
func (e *LostEnrolmentError) Hint() string {
	if len(e.Seen) == 0 && e.Look == nil {
		return "Apply again: it enrols again."
	}
	return "Apply again: it enrols again. A node whose credential was lost never becomes ready and is billed. None was " +
		"deleted, as another enrolment of the pool may own it: once you know that no machine uses it, delete it in the " +
		"Scaleway console."
}

// EnrolExternalNode makes a node of an external pool, and a new one at each call. The request is never sent again:
// where its answer is lost, the error is a *LostEnrolmentError with the nodes that appeared since, looked for even
// after the context has ended. waiting are the nodes of the pool whose machine had not come before. It waits while the
// API refuses for a transient state. Source: POST …/pools/{id}/external-nodes/auth.
func (c *Client) EnrolExternalNode(
	ctx context.Context, pool *k8s.Pool,
) (enrolled Enrolment, waiting []Candidate, err error) {
	filter := NodeFilter{ClusterID: pool.ClusterID, PoolID: pool.ID}
	before, err := c.Nodes(ctx, pool.Region, filter)
	if err != nil {
		return Enrolment{}, nil, err
	}
	auth, err := retryWhileTransient(ctx, c, func(ctx context.Context) (*k8s.ExternalNodeAuth, error) {
		ctx, called := begin(ctx, "enrol an external node in", "pool", pool.ID, pool.Region)
		auth, err := c.k8s.AuthExternalNode(
			&k8s.AuthExternalNodeRequest{Region: pool.Region, PoolID: pool.ID}, scw.WithContext(ctx),
		)
		return auth, called.fail(err)
	})
	if !mayHaveCreated(err) {
		if err != nil {
			return Enrolment{}, nil, err
		}
		for _, node := range before {
			if !IsDeleting(node) && node.Status != k8s.NodeStatusReady && len(NodeAddresses(node)) == 0 {
				waiting = append(waiting, Candidate{ID: node.ID, Status: nodeState(node)})
			}
		}
		return Enrolment{MetadataURL: auth.MetadataURL, NodeSecretKey: auth.NodeSecretKey}, waiting, nil
	}
	return Enrolment{}, nil, c.lostEnrolment(ctx, pool, before, err)
}

// lostEnrolment names the nodes that appeared in a pool since an enrolment whose answer was lost; it looks again while
// there is none, and while looking fails.
func (c *Client) lostEnrolment(ctx context.Context, pool *k8s.Pool, before []*k8s.Node, cause error) error {
	rescue := c.rescue()
	defer rescue.release()
	lost := &LostEnrolmentError{PoolID: pool.ID, Region: string(pool.Region), Err: cause}
	for look := 1; ; look++ {
		var after []*k8s.Node
		err := rescue.do(ctx, func(ctx context.Context) (err error) {
			after, err = c.Nodes(ctx, pool.Region, NodeFilter{ClusterID: pool.ClusterID, PoolID: pool.ID})
			return err
		})
		lost.Look = err
		for _, node := range after {
			if !slices.ContainsFunc(before, func(old *k8s.Node) bool { return old.ID == node.ID }) {
				lost.Seen = append(lost.Seen, Candidate{ID: node.ID, Status: nodeState(node)})
			}
		}
		if len(lost.Seen) > 0 || look == maxLookups {
			return lost
		}
		rescue.sleep(ctx, c.PollInterval)
		if rescue.over(ctx) {
			lost.Look = cmp.Or(lost.Look, errInterrupted)
			return lost
		}
	}
}

// NodeMetadata reads what the API tells the machine of an external node, which shows the node's own credential and not
// the API key: the node's id and name, the API server, the version of the pool. Source: GET …/node-metadata.
func (c *Client) NodeMetadata(ctx context.Context, region scw.Region, of Enrolment) (*k8s.NodeMetadata, error) {
	ctx, called := begin(ctx, "read the metadata of", "external node", "", region)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, of.MetadataURL, nil)
	if err != nil {
		return nil, errors.New("the API answered no usable address for the metadata of the node")
	}
	request.Header.Set("X-Auth-Token", of.NodeSecretKey)
	response, err := c.doer.client.Do(request)
	if err != nil {
		return nil, called.fail(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, called.fail(err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, called.fail(metadataError(response, body))
	}
	var metadata k8s.NodeMetadata
	if err := json.Unmarshal(body, &metadata); err != nil || metadata.ID == "" {
		return nil, called.fail(errors.New("the API's answer has no id of the node"))
	}
	return &metadata, nil
}

// metadataError is an error of the API about a node's metadata, without its words, which may be about the credential.
func metadataError(response *http.Response, body []byte) error {
	answer := &scw.ResponseError{
		StatusCode: response.StatusCode, Status: response.Status, Message: http.StatusText(response.StatusCode),
	}
	var said struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(body, &said) == nil {
		answer.Type = said.Type
	}
	return answer
}

// ExternalNodeAt finds the node of an external pool whose machine has a public address; nil where none has. Of several,
// as after a machine was enrolled again, it is the newest that is not being deleted.
func (c *Client) ExternalNodeAt(ctx context.Context, pool *k8s.Pool, address string) (*k8s.Node, error) {
	nodes, err := c.Nodes(ctx, pool.Region, NodeFilter{ClusterID: pool.ClusterID, PoolID: pool.ID})
	if err != nil {
		return nil, err
	}
	return NewestAt(nodes, address), nil
}

// NewestAt is the newest of some nodes that has a public address and is not being deleted; nil where none has.
func NewestAt(nodes []*k8s.Node, address string) *k8s.Node {
	var found *k8s.Node
	for _, node := range nodes {
		if !slices.Contains(NodeAddresses(node), address) || IsDeleting(node) {
			continue
		}
		if found == nil || found.CreatedAt != nil && node.CreatedAt != nil && node.CreatedAt.After(*found.CreatedAt) {
			found = node
		}
	}
	return found
}

// WaitExternalNodeAt waits until a machine with a public address is a node of an external pool. The end of the context
// is a *WaitError.
func (c *Client) WaitExternalNodeAt(ctx context.Context, pool *k8s.Pool, address string) (*k8s.Node, error) {
	of := awaited{"external node with the address " + address + " in pool", pool.ID, pool.Region, "to be enrolled"}
	return pollUntil(ctx, c, of, nodeState, func(ctx context.Context) (*k8s.Node, error) {
		return c.ExternalNodeAt(ctx, pool, address)
	}, func(now *k8s.Node) (bool, error) { return now != nil, nil })
}

// NodeAddresses are the public addresses that the API knows of a node.
func NodeAddresses(node *k8s.Node) []string {
	found := []string{}
	//nolint:staticcheck // deprecated, and all that the API says of addresses
	for _, address := range []*net.IP{node.PublicIPV4, node.PublicIPV6} {
		if address != nil && len(*address) > 0 {
			found = append(found, address.String())
		}
	}
	return found
}

// IsDeleting says whether a node is deleted, or being deleted.
func IsDeleting(node *k8s.Node) bool {
	return node.Status == k8s.NodeStatusDeleting || node.Status == k8s.NodeStatusDeleted
}

// DeleteNode asks for the deletion of a node; the machine of an external one stays. A node that is gone or going is a
// success; a transient state is waited for. Source: DELETE /k8s/v1/regions/{region}/nodes/{id}.
func (c *Client) DeleteNode(ctx context.Context, region scw.Region, id string) error {
	_, err := retryWhileTransient(ctx, c, func(ctx context.Context) (*k8s.Node, error) {
		deleting, called := begin(ctx, "delete", "node", id, region)
		node, err := c.k8s.DeleteNode(&k8s.DeleteNodeRequest{Region: region, NodeID: id}, scw.WithContext(deleting))
		failure := called.fail(err)
		if !IsConflict(failure) {
			return node, failure
		}
		now, look := c.Node(ctx, region, id)
		if look == nil && IsDeleting(now) || IsNotFound(look) {
			return now, nil
		}
		return nil, failure
	})
	if IsNotFound(err) {
		return nil
	}
	return err
}

// WaitNode waits until a node is ready. One that is locked, failed to be created, or is deleted elsewhere is a
// *StateError; the end of the context is a *WaitError whose State has the node's own error message.
func (c *Client) WaitNode(ctx context.Context, region scw.Region, id string) (*k8s.Node, error) {
	return pollUntil(ctx, c, awaited{
		"node", id, region, "to be ready",
	}, nodeState, func(ctx context.Context) (*k8s.Node, error) {
		return c.Node(ctx, region, id)
	}, func(now *k8s.Node) (bool, error) {
		switch now.Status {
		case k8s.NodeStatusReady:
			return true, nil
		case k8s.NodeStatusLocked, k8s.NodeStatusCreationError, k8s.NodeStatusDeleting, k8s.NodeStatusDeleted:
			message := ""
			if now.ErrorMessage != nil {
				message = *now.ErrorMessage
			}
			return false, newStateError("node", now.ID, region, string(now.Status), message)
		}
		return false, nil
	})
}

// WaitNodeGone waits until a node no longer exists.
func (c *Client) WaitNodeGone(ctx context.Context, region scw.Region, id string) error {
	_, err := pollUntil(ctx, c, awaited{
		"node", id, region, "to be gone",
	}, nodeState, func(ctx context.Context) (*k8s.Node, error) {
		now, err := c.Node(ctx, region, id)
		if IsNotFound(err) {
			return nil, nil
		}
		return now, err
	}, func(now *k8s.Node) (bool, error) {
		if now == nil || now.Status == k8s.NodeStatusDeleted {
			return true, nil
		}
		return false, nil
	})
	return err
}
