package main

import "context"

func runCounters(ctx context.Context) error { return nil }
