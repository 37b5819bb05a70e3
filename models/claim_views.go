package models

import "context"

// ViewsOf is a page of claims as the actor may see them, with their evidence, in as many
// statements as for one.
func (s *Store) ViewsOf(ctx context.Context, by Actor, claims []Claim) ([]ClaimView, error) {
	if len(claims) == 0 {
		return nil, nil
	}
	ids := make([]string, 0, len(claims))
	for _, c := range claims {
		ids = append(ids, c.ID)
	}
	files, err := s.evidenceOfAll(ctx, ids)
	if err != nil {
		return nil, err
	}
	now, err := s.Now(ctx)
	if err != nil {
		return nil, err
	}
	at := *s // reads the clock once for the page
	at.now = now
	views := make([]ClaimView, 0, len(claims))
	for _, c := range claims {
		c.Evidence = files[c.ID]
		v, err := at.ViewOf(ctx, by, c)
		if err != nil {
			return nil, err
		}
		views = append(views, v)
	}
	return views, nil
}
