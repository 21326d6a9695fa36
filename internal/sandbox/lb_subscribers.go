package sandbox

import (
	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// lbSubscriber receives alerts of Load Balancers. No recording shows subscribers [INFERRED lb-subscribers].
type lbSubscriber struct {
	lb.Subscriber

	projectID string
	zone      scw.Zone
}

func (s *Server) routeLBSubscribers(base string) {
	s.route("GET "+base+"/subscribers", areaBalancer, s.listLBSubscribers)
	s.route("POST "+base+"/subscribers", areaBalancer, s.createLBSubscriber)
	s.route("GET "+base+"/subscribers/{id}", areaBalancer, s.withLBSubscriber(
		func(_ *call, subscriber *lbSubscriber) (any, error) { return subscriber, nil },
	))
	s.route("PUT "+base+"/subscribers/{id}", areaBalancer, s.withLBSubscriber(s.updateLBSubscriber))
	s.route("POST "+base+"/lb/{id}/subscribe", areaBalancer, s.withBalancer(s.subscribeToBalancer))
	// One pattern for lb/subscription/{id} and lb/{id}/unsubscribe, which http.ServeMux cannot distinguish.
	s.route("DELETE "+base+"/lb/{first}/{second}", areaBalancer, func(c *call) (any, error) {
		first, second := c.PathValue("first"), c.PathValue("second")
		switch {
		case first == "subscription":
			c.SetPathValue("id", second)
			return s.withLBSubscriber(s.deleteLBSubscriber)(c)
		case second == "unsubscribe":
			c.SetPathValue("id", first)
			return s.withBalancer(s.unsubscribeFromBalancer)(c)
		}
		return nil, errLBNotFound("page")
	})
}

func (s *Server) withLBSubscriber(handle func(*call, *lbSubscriber) (any, error)) handler {
	return func(c *call) (any, error) {
		subscriber, ok := s.lbSubscribers.get(c.PathValue("id"))
		if !ok || subscriber.zone != c.zone() {
			return nil, errLBNotFound("subscriber")
		}
		return handle(c, subscriber)
	}
}

func (s *Server) listLBSubscribers(c *call) (any, error) {
	f := c.filters()
	found := s.lbSubscribers.list(func(subscriber *lbSubscriber) bool {
		return subscriber.zone == c.zone() && f.contains("name", subscriber.Name) &&
			f.matches("project_id", subscriber.projectID) && f.matches("organization_id", OrganizationID)
	})
	page, total := paginate(c, sortItems(c, found, "created_at_asc", func(subscriber *lbSubscriber) sortKey {
		return sortKey{name: subscriber.Name}
	}))
	return map[string]any{"subscribers": page, "total_count": total}, nil
}

func (s *Server) createLBSubscriber(c *call) (any, error) {
	var req lb.ZonedAPICreateSubscriberRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	subscriber := &lbSubscriber{
		projectID: c.projectID(req.ProjectID), zone: c.zone(), Subscriber: lb.Subscriber{
			ID: uuid.NewString(), Name: req.Name, EmailConfig: req.EmailConfig, WebhookConfig: req.WebhookConfig,
		},
	}
	if err := checkLBSubscriber(&subscriber.Subscriber); err != nil {
		return nil, err
	}
	s.lbSubscribers.put(subscriber.ID, subscriber)
	return subscriber, nil
}

func checkLBSubscriber(subscriber *lb.Subscriber) error {
	if (subscriber.EmailConfig == nil) == (subscriber.WebhookConfig == nil) {
		return errInvalid("email_config", "constraint", "set one of email_config and webhook_config")
	}
	return nil
}

func (s *Server) updateLBSubscriber(c *call, subscriber *lbSubscriber) (any, error) {
	var req lb.ZonedAPIUpdateSubscriberRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	changed := lb.Subscriber{
		ID: subscriber.ID, Name: req.Name, EmailConfig: req.EmailConfig, WebhookConfig: req.WebhookConfig,
	}
	if err := checkLBSubscriber(&changed); err != nil {
		return nil, err
	}
	subscriber.Subscriber = changed
	return subscriber, nil
}

func (s *Server) deleteLBSubscriber(_ *call, subscriber *lbSubscriber) (any, error) {
	for _, b := range s.balancers.list(nil) {
		if b.Subscriber == &subscriber.Subscriber {
			b.Subscriber = nil
		}
	}
	s.lbSubscribers.remove(subscriber.ID)
	return noContent{}, nil
}

func (s *Server) subscribeToBalancer(c *call, b *balancer) (any, error) {
	var req lb.ZonedAPISubscribeToLBRequest
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	subscriber, ok := s.lbSubscribers.get(req.SubscriberID)
	if !ok || subscriber.zone != c.zone() {
		return nil, errLBNotFound("subscriber")
	}
	b.Subscriber = &subscriber.Subscriber
	return s.balancerView(b.ID, true), nil
}

func (s *Server) unsubscribeFromBalancer(_ *call, b *balancer) (any, error) {
	b.Subscriber = nil
	return s.balancerView(b.ID, true), nil
}
