package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/image/draw"

	"hosho/storage/inspect"
)

// thumbSide bounds the comparator's thumbnail, in pixels, as the program's is bounded.
const thumbSide = 320

// screenshot is one of a phone: flat areas, and lines where text would be.
func screenshot() ([]byte, error) {
	m := image.NewRGBA(image.Rect(0, 0, 1080, 2400))
	for y := range 2400 {
		for x := range 1080 {
			c := color.RGBA{246, 247, 250, 255}
			switch {
			case y < 220:
				c = color.RGBA{11, 91, 120, 255}
			case y%60 < 18 && x > 60 && (x*y)%97 < 60 && x < 60+(y*37)%900:
				c = color.RGBA{26, 34, 48, 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// rawThumbnail is the least that gives a thumbnail: decode, scale, encode.
func rawThumbnail(file []byte) error {
	m, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		return err
	}
	size := m.Bounds().Size()
	side := max(size.X, size.Y)
	small := image.NewRGBA(image.Rect(0, 0, size.X*thumbSide/side, size.Y*thumbSide/side))
	draw.ApproxBiLinear.Scale(small, small.Bounds(), m, m.Bounds(), draw.Src, nil)
	var b bytes.Buffer
	return jpeg.Encode(&b, small, &jpeg.Options{Quality: 80})
}

// pictures is measure 10: the whole inspection of a screenshot of 1080×2400 (decode, copy
// without metadata, hashes, thumbnail) against a bare thumbnail; how long one waits while four
// others are inspected; and a bomb.
func (b *bench) pictures(ctx context.Context) error {
	shot, err := screenshot()
	if err != nil {
		return err
	}
	inspector := inspect.New(inspect.DefaultLimits())
	whole := func(ctx context.Context, _ int) error {
		_, err := inspector.Inspect(ctx, bytes.NewReader(shot), int64(len(shot)), inspect.PNG)
		return err
	}
	bare := func(context.Context, int) error { return rawThumbnail(shot) }
	c, err := b.pace.compare(ctx, 1, whole, bare)
	if err != nil {
		return err
	}
	r := c.result("10", "inspect", "a screenshot inspected, copied and thumbnailed ÷ decode, scale, encode", 1.2, 1.05)
	r.Value, r.Low, r.High, r.Less = 1/r.Value, 1/r.High, 1/r.Low, true
	b.add(r)
	ours, err := allocated(func() error { return whole(ctx, 0) })
	if err != nil {
		return err
	}
	theirs, err := allocated(func() error { return bare(ctx, 0) })
	if err != nil {
		return err
	}
	share := ours / theirs
	b.add(result{
		Number: "10", Layer: "inspect", What: "memory allocated for it ÷ for decode, scale, encode", Value: share, Low: share, High: share, Must: 1.2, Aim: 1.05, Less: true,
		Detail: fmt.Sprintf("%.1f MB against %.1f MB", ours/1e6, theirs/1e6),
	})
	if err := b.queued(ctx, whole); err != nil {
		return err
	}
	return b.bomb(ctx, inspector)
}

// allocated is how many bytes one call takes from the heap, of ten.
func allocated(do func() error) (float64, error) {
	const calls = 10
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range calls {
		if err := do(); err != nil {
			return 0, err
		}
	}
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc-before.TotalAlloc) / calls, nil
}

// queued compares the 99th percentile of one caller with that of one beside four others.
func (b *bench) queued(ctx context.Context, op operation) error {
	var ratios []float64
	var alone, beside window
	for range b.pace.rounds {
		var err error
		if alone, err = b.pace.measure(ctx, 1, op); err != nil {
			return err
		}
		others, stop := context.WithCancel(ctx)
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				for others.Err() == nil {
					_ = op(others, 0)
				}
			})
		}
		beside, err = b.pace.measure(ctx, 1, op)
		stop()
		group.Wait()
		if err != nil {
			return err
		}
		ratios = append(ratios, beside.p99.Seconds()/alone.p99.Seconds())
	}
	slices.Sort(ratios)
	low, middle, high := ratios[0], ratios[len(ratios)/2], ratios[len(ratios)-1]
	b.add(result{
		Number: "10", Layer: "inspect", What: "p99 of an inspection beside four others ÷ alone", Value: middle, Low: low, High: high, Must: 2, Aim: 1.2, Less: true,
		Detail: fmt.Sprintf("%v against %v; %d processors", seconds(beside.p99.Seconds()), seconds(alone.p99.Seconds()), runtime.NumCPU()),
	})
	return nil
}

// bomb says how long a file takes to be refused that claims to be 65,535 pixels wide and high.
func (b *bench) bomb(ctx context.Context, inspector *inspect.Inspector) error {
	shot, err := screenshot()
	if err != nil {
		return err
	}
	huge := bytes.Clone(shot)
	copy(huge[16:24], []byte{0, 0, 255, 255, 0, 0, 255, 255})
	w, err := b.pace.measure(ctx, 1, func(ctx context.Context, _ int) error {
		_, err := inspector.Inspect(ctx, bytes.NewReader(huge), int64(len(huge)), inspect.PNG)
		var refused *inspect.Rejected
		if !errors.As(err, &refused) {
			return fmt.Errorf("the bomb was taken: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	ms := func(d time.Duration) float64 { return d.Seconds() * 1000 }
	b.add(result{Number: "10", Layer: "inspect", What: "a bomb of 65,535×65,535 pixels refused", Value: ms(w.p50), Low: ms(w.p50), High: ms(w.p99), Must: 1, Aim: 1, Less: true, Unit: "ms", Detail: "half and 99 of 100"})
	return nil
}
