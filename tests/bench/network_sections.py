"""The sections `networks` and `layers` of bench.py."""
import math
import statistics

import networks

TRAIN_BATCH = 32
NETWORK_TURNS = 2  # of each side in a round: samples of these networks are long


def make_contests(base):
    """The kind of contest in which the library meets the best of several peers, round by round."""

    class BestContest(base):
        def peers(self):
            return [e for e in self.entrants[1:] if e.samples]

        def best(self):
            """The peer with the least median; None without peers."""
            return min(self.peers(), key=lambda e: e.median(), default=None)

        def ratios(self, index=None):
            ours, best = self.entrants[0].samples, self.best()
            return [a / b for a, b in zip(ours, best.samples)] if ours and best else []

        def report(self):
            best = self.best()
            return {**super().report(), "best": best.participant.name if best else None}

    return BestContest


class NetworkSections:
    """Mixed into Bench."""

    def chosen_networks(self):
        wanted = self.arguments.network
        return [network for network in networks.NETWORKS if not wanted or network.name in wanted]

    def network_contests(self, network, threads):
        """Training beside PyTorch; predicting one image and many beside the best runtime."""
        bars = network.bars if threads == 1 else network.two_threads
        train = network.request("train", TRAIN_BATCH, threads)
        compiled = " compile=1" if self.arguments.compile else ""
        cases = [("train", self.entrant(self.ours, train),
                  [self.entrant(self.modern_torch, train + compiled)], bars.train)]
        for batch, bar in ((1, bars.one), (networks.MANY, bars.many)):
            request = network.request("predict", batch, threads)
            cases.append((f"predict {batch}", self.entrant(self.ours, request),
                          [self.entrant(runtime, request) for runtime in self.runtimes], bar))
        return [self.best_contest(f"{network.name}, {job}", [ours, *peers], bar)
                for job, ours, peers, bar in cases]

    def networks(self):
        for threads in self.arguments.threads or (1, 2):
            contests = [contest for network in self.chosen_networks()
                        for contest in self.network_contests(network, threads)]
            self.contests(f"networks_{threads}", contests, turns=NETWORK_TURNS)
            self.print_networks(contests, threads)
            if threads == 1:
                self.print_mean(contests)
            self.print_reasons(contests)

    def print_networks(self, contests, threads):
        rows = []
        for contest in contests:
            best, met = contest.best(), {None: "", True: "met", False: "MISSED"}[contest.met()]
            rows.append([contest.title, self.figure(contest.entrants[0].median()),
                         self.figure(best.median()) if best else "", best.participant.name if best else "",
                         self.ratio_text(contest.ratios()),
                         "" if contest.bar is None else f"<= {contest.bar:.2f}", met])
        self.table(f"Networks, {threads} thread{'s' if threads > 1 else ''} (microseconds an image)",
                   ["", "ours", "best peer", "", "ours / it", "bar", ""], rows)

    def print_mean(self, contests):
        """Of the rows whose target is that of Keras' networks."""
        ratios = [statistics.median(c.ratios()) for c in contests
                  if c.title.endswith("train") and c.bar == networks.KERAS.train and c.ratios()]
        if ratios:
            mean = math.exp(statistics.fmean(map(math.log, ratios)))
            self.report["networks_train_mean"] = mean
            print(f"  geometric mean of {len(ratios)} of these trainings  {mean:.3f}"
                  f"  bar <= {networks.KERAS_MEAN:.2f}: "
                  f"{'met' if mean <= networks.KERAS_MEAN else 'MISSED'}")

    # ----------------------------------------------------------------------------------- layers

    def layers(self):
        """What a layer takes for each of its multiply-adds, in turn with the reference's convolutions."""
        reference = networks.Network("the reference's convolutions", networks.CONVOLUTIONS)
        without = networks.with_layer("")
        for job in ("predict", "train"):
            unit, less = (n.request(job, TRAIN_BATCH, 1) for n in (reference, without))
            contests = [self.plain_contest(layer, [
                self.entrant(self.ours, networks.with_layer(layer).request(job, TRAIN_BATCH, 1),
                             minus=less), self.entrant(self.ours, unit)]) for layer in networks.LAYERS]
            self.contests(f"layers_{job}", contests, turns=NETWORK_TURNS)
            self.table(f"Layers in images of 28x28x32, {job}, batch {TRAIN_BATCH}, 1 thread", [
                "", "us an image", "million multiply-adds", "ps for each", "to the reference's"],
                [self.layer_row(contest, networks.with_layer(contest.title).multiply_adds() -
                                without.multiply_adds(), reference.multiply_adds())
                 for contest in contests])
            self.print_reasons(contests)

    def layer_row(self, contest, work, reference_work):
        """Without multiply-adds there is a time only."""
        time = contest.entrants[0].median()
        if time is None or work <= 0:
            return [contest.title, self.figure(time), "", "", ""]
        ratios = [ratio * reference_work / work for ratio in contest.ratios()]
        return [contest.title, self.figure(time), f"{work / 1e6:.2f}", f"{time * 1e6 / work:.1f}",
                self.ratio_text(ratios)]
