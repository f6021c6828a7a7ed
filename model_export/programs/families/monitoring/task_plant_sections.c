//@ family: task_plant_sections
//@ domain: monitoring
//@ problem: Poll pumps, valves and heaters of a plant side by side, as sections or as tasks.
//@ param NT: 3 | 4
//@ param READS: 8000 | 12000
//@ param GAIN: 3 | 5
#include <stdint.h>
#include <stdio.h>

typedef struct {
  uint32_t pump_sum;
  uint32_t valve_sum;
  uint32_t heater_sum;
  uint32_t alarms;
  volatile uint32_t last_code;
} plant_t;

static plant_t plant;
static uint16_t adc[3][@READS@];

static uint32_t poll_channel(int ch) {
  uint32_t s = 0;
  for (int i = 0; i < @READS@; i++)
    s += adc[ch][i] * @GAIN@u;
  return s;
}

static void raise_alarm(int ch, int i) {
//@ slot alarm on alarms
//@ is atomic: conflicting
  if (adc[ch][i] > 800) {
#pragma omp atomic
    plant.alarms++;
  }
//@ is plain: racy
  if (adc[ch][i] > 800)
    plant.alarms++;
//@ is critical: unprotected
  if (adc[ch][i] > 800) {
#pragma omp critical(alarm_line)
    plant.alarms++;
  }
//@ end
  if (i % 63 != 0)
    return;
//@ slot code on last_code
//@ is locked: unprotected
#pragma omp critical(code)
  plant.last_code = (uint32_t)(ch * 1000 + i);
//@ is plain: racy
  plant.last_code = (uint32_t)(ch * 1000 + i);
//@ is atomic: conflicting
#pragma omp atomic write
  plant.last_code = (uint32_t)(ch * 1000 + i);
//@ is quiet: concurrent
  if (adc[ch][i] == 0xffff)
    plant.last_code = (uint32_t)(ch * 1000 + i);
//@ end
}

static void scan_channel(int part) {
  for (int i = part / 12; i < @READS@; i += 4)
    raise_alarm(part % 3, i);
}

int main(void) {
  for (int ch = 0; ch < 3; ch++)
    for (int i = 0; i < @READS@; i++)
      adc[ch][i] = (uint16_t)((ch * 331 + i * 37) & 1023);

#pragma omp parallel num_threads(@NT@)
  {
//@ slot sums on pump_sum, valve_sum, heater_sum
//@ is sections: same-location
#pragma omp sections
    {
#pragma omp section
      plant.pump_sum = poll_channel(0);
#pragma omp section
      plant.valve_sum = poll_channel(1);
#pragma omp section
      plant.heater_sum = poll_channel(2);
    }
//@ is sections_nowait: racy
#pragma omp sections nowait
    {
#pragma omp section
      plant.pump_sum = poll_channel(0);
#pragma omp section
      plant.valve_sum = poll_channel(1);
#pragma omp section
      plant.heater_sum = poll_channel(2);
    }
    if (plant.pump_sum + plant.valve_sum + plant.heater_sum == 77)
      fputs("idle\n", stderr);
//@ is sections_then_read: unordered
#pragma omp sections
    {
#pragma omp section
      plant.pump_sum = poll_channel(0);
#pragma omp section
      plant.valve_sum = poll_channel(1);
#pragma omp section
      plant.heater_sum = poll_channel(2);
    }
    if (plant.valve_sum == 77)
      fputs("valve\n", stderr);
//@ is no_sections: racy
    plant.pump_sum = poll_channel(0);
    plant.valve_sum = poll_channel(1);
    plant.heater_sum = poll_channel(2);
#pragma omp barrier
//@ is one_section: concurrent
#pragma omp sections
    {
#pragma omp section
      {
        plant.pump_sum = poll_channel(0);
        plant.valve_sum = poll_channel(1);
        plant.heater_sum = poll_channel(2);
      }
    }
//@ end
#pragma omp barrier
#pragma omp single
    {
//@ slot scan
//@ is task_each: neutral
      for (int part = 0; part < 48; part++) {
#pragma omp task firstprivate(part)
        scan_channel(part);
      }
//@ is taskloop: neutral
#pragma omp taskloop num_tasks(48)
      for (int part = 0; part < 48; part++)
        scan_channel(part);
//@ end
    }
  }
  printf("%u %u %u alarms %u\n", plant.pump_sum, plant.valve_sum, plant.heater_sum, plant.alarms);
  return 0;
}
