#include "services/worker/app.h"

int main(int argc, char** argv) { return starlift::WorkerMain(argc, argv); }
