#pragma once

#include "ktrain/train/events.h"

namespace ktrain::testing {

inline StepReport sample_step() {
  StepReport report;
  report.epoch = 2;
  report.step = 353;
  report.samples = 90208;
  report.lr = 0.01;
  report.momentum = 0.9;
  report.global_batch = 256;
  report.workers = 3;
  report.samples_per_second = 2411.4;
  report.seconds = 37.5;
  report.epochs = 5;
  report.epoch_step = 118;
  report.epoch_steps = 236;
  report.loss = 1.25;
  report.metrics = {{"accuracy", 0.5}};
  report.epoch_loss = 1.30211;
  report.epoch_metrics = {{"accuracy", 0.51234}};
  report.epoch_seconds_left = 12.4;
  return report;
}

inline EpochReport sample_epoch() {
  EpochReport report;
  static_cast<RunPoint&>(report) = sample_step();
  report.epochs = 5;
  report.epoch_steps = 236;
  report.epoch_seconds = 25.1;
  report.loss = 0.75;
  report.metrics = {{"accuracy", 0.8125}, {"mae", 0.00025}};
  report.val_loss = 0.5;
  report.val_metrics = {{"accuracy", 0.9}, {"mae", 0.125}};
  return report;
}

inline RunEnd sample_end() {
  RunEnd end;
  static_cast<RunPoint&>(end) = sample_step();
  end.momentum.reset();
  end.exit_code = 75;
  end.loss = 0.75;
  end.metrics = {{"accuracy", 0.8125}};
  end.weights_digest = "2d06800538d394c2";
  return end;
}

}  // namespace ktrain::testing
